from sklearn.svm import SVC
from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

class WineModel(object):
    """Wrapper so that the GUI team can use it"""
    def __init__(self, model=None):
        self.model = model or SVC(C=0.1)
        self.X, self.y = load_wine(return_X_y=True)

    def split(self, ratio=0.3):
        self.X_train, self.X_test, self.y_train, self.y_test = train_test_split(self.X, self.y, test_size=ratio, random_state=10)

    def train(self):
        self.model.fit(self.X_train, self.y_train)

    def accuracy(self):
        return self.model.score(self.X_test, self.y_test)


def main():
    w = WineModel()
    w.split()
    w.train()
    print('accuracy is', w.accuracy())


if __name__ == '__main__':
    main()
