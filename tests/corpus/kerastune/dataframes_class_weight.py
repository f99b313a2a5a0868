import keras
import pandas as pd
import numpy as np
from sklearn.datasets import load_wine
from sklearn.utils import class_weight
keras.utils.set_random_seed(12)
df = load_wine(as_frame=True).frame.sample(frac=1, random_state=12).reset_index(drop=True)
train, test = df[:120], df[120:]
w = class_weight.compute_class_weight('balanced', classes=np.unique(train.target), y=train.target)
model = keras.Sequential([keras.layers.Dense(5, activation='relu'), keras.layers.Dense(3, activation='softmax')])
model.compile(loss='sparse_categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(x=train.drop(columns='target'), y=train['target'], epochs=5, class_weight=dict(enumerate(w)), verbose=0)
print(model.evaluate(x=test.drop(columns='target'), y=test['target'], verbose=0)[1])
