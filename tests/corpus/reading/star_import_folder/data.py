from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

def load():
    d = load_digits()
    return train_test_split(d.images[..., None] / 16.0, d.target, test_size=0.25, random_state=21)
