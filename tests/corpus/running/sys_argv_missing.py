import sys
import numpy as np
from sklearn.naive_bayes import GaussianNB
data = np.loadtxt(sys.argv[1], delimiter=',')
GaussianNB().fit(data[:, :-1], data[:, -1])
