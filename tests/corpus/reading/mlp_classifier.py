from sklearn.neural_network import MLPClassifier
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
import warnings
warnings.filterwarnings('ignore')

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=1)
nn = MLPClassifier(hidden_layer_sizes=(3,), activation='logistic', solver='sgd', learning_rate_init=0.001, max_iter=20, random_state=1)
nn.fit(X_train, y_train)
print("Training set score: %f" % nn.score(X_train, y_train))
print("Test set score: %f" % nn.score(X_test, y_test))
