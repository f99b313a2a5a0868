import albumentations
import numpy as np
from sklearn.datasets import load_digits
from sklearn.svm import SVC
imgs = [albumentations.resize(i, (16, 16)).ravel() for i in load_digits().images]
clf = SVC().fit(imgs[:1500], load_digits().target[:1500])
print(clf.score(imgs[1500:], load_digits().target[1500:]))
