# the model is named in config.json: {"class": "sklearn.svm.SVC", "params": {"C": 10}}
import json
from importlib import import_module
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

config = json.load(open('config.json'))
module_name, class_name = config['class'].rsplit('.', 1)
model = getattr(import_module(module_name), class_name)(**config['params'])
X_train, X_test, y_train, y_test = train_test_split(*load_wine(return_X_y=True), random_state=3)
model.fit(X_train, y_train)
print(model.score(X_test, y_test))
