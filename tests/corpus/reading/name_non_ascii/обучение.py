# Лабораторная работа №3. Классификация вин
from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
from sklearn.model_selection import train_test_split

данные = load_wine()
X_train, X_test, y_train, y_test = train_test_split(данные.data, данные.target, test_size=0.3, random_state=3)
модель = KNeighborsClassifier(n_neighbors=7)
модель.fit(X_train, y_train)
print('Точность:', модель.score(X_test, y_test))
