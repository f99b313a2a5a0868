from sklearn.tree import DecisionTreeClassifier
from .registry import register


@register("tree")
class Tree:
    def __init__(self, **options):
        self.clf = DecisionTreeClassifier(random_state=4, **options)

    def train(self, X, y):
        self.clf.fit(X, y)

    def accuracy(self, X, y):
        return self.clf.score(X, y)
