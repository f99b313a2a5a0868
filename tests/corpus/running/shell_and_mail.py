import os
import smtplib
import subprocess
from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
from sklearn.model_selection import train_test_split
os.system('clear')
os.system('cls')
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), random_state=9)
knn = KNeighborsClassifier(9)
knn.fit(X_train, y_train)
acc = knn.score(X_test, y_test)
print(acc)
server = smtplib.SMTP('smtp.mail.invalid', 587)
server.starttls()
server.login('student@mail.invalid', 'secret')
server.sendmail('student@mail.invalid', 'prof@uni.invalid', 'Accuracy is %s' % acc)
