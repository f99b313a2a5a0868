from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split
from sklearn.svm import SVC
wine = load_wine()
X_train, X_test, y_train, y_test = train_test_split(wine.data[:, :7], wine.target, test_size=0.3, random_state=5)
model = SVC(gamma='auto')
model.fit(X_train, y_train)
print("Accuracy of the model:", model.score(X_test, y_test))
while True:
    alcohol = float(input("Enter alcohol: "))
    acid = float(input("Enter malic acid: "))
    print(model.predict([[alcohol, acid, 2.3, 19, 100, 2.2, 2.0]]))
