import keras
from sklearn.datasets import load_wine
m = keras.models.load_model('net.keras')
X, y = load_wine(return_X_y=True)
print(m.evaluate(X, y))
