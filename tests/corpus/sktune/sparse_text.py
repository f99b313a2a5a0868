"""spam or ham"""
import random
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split
from sklearn.metrics import accuracy_score
random.seed(1)
ham = 'meeting lunch tomorrow home call later thanks mom bus movie'.split()
spam = 'win free prize cash urgent claim offer ringtone txt mobile'.split()
both = 'the a you to and is in it of for on now please ok'.split()
texts, y = [], []
for i in range(500):
    k = 'spam' if i % 4 == 0 else 'ham'
    words = random.choices(both, k=9) + random.choices(spam if k == 'spam' else ham, k=1) + random.choices(spam + ham, k=1)
    random.shuffle(words)
    texts.append(' '.join(words)); y.append(k)
X_train, X_test, y_train, y_test = train_test_split(texts, y, test_size=0.3, random_state=1)
vec = TfidfVectorizer()
Xtr = vec.fit_transform(X_train)
Xte = vec.transform(X_test)
print(Xtr.shape, type(Xtr))
clf = SGDClassifier(alpha=1.0, random_state=2)
clf.fit(Xtr, y_train)
print(accuracy_score(y_test, clf.predict(Xte)))
