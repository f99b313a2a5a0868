import argparse
from zoo import get_model
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

parser = argparse.ArgumentParser()
parser.add_argument("--model", default="tree")
args = parser.parse_args()

digits = load_digits()
X_train, X_test, y_train, y_test = train_test_split(digits.data, digits.target, test_size=0.25, random_state=4)
model = get_model(args.model, max_depth=4)
model.train(X_train, y_train)
print(model.accuracy(X_test, y_test))
