import pandas as pd
from sklearn.svm import SVC
train = pd.read_csv('input/train.csv')
test = pd.read_csv('input/test.csv')
both = [train, test]
for df in both:
    df['Sex'] = df['Sex'].map({'male': 0, 'female': 1})
    df['Age'] = df['Age'].fillna(train['Age'].median())
cols = ['PassengerId', 'Pclass', 'Sex', 'Age', 'Fare']
clf = SVC()
clf.fit(train[cols], train['Survived'])
print('train acc', clf.score(train[cols], train['Survived']))
pd.DataFrame({'PassengerId': test['PassengerId'], 'Survived': clf.predict(test[cols])}).to_csv('submission.csv', index=False)
