from keras.models import load_model
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score, classification_report
import sys
model = load_model(sys.argv[1] if len(sys.argv) > 1 else 'digits.h5')
d = load_digits()
p = model.predict(d.images[..., None] / 16).argmax(1)
print(accuracy_score(d.target, p))
print(classification_report(d.target, p))
