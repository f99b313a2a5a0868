from sklearn.datasets import load_wine
from sklearn.svm import SVC
import pickle
wine = load_wine()
model = SVC()
model.fit(wine.data, wine.target)
pickle.dump(model, open('model.pkl', 'wb'))
print('done')
