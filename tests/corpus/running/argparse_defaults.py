#!/usr/bin/env python
import argparse
import keras
from keras import layers
from sklearn.datasets import load_digits

def parse():
    ap = argparse.ArgumentParser(description="train a digit net")
    ap.add_argument("-e", "--epochs", type=int, default=2, help="# of epochs")
    ap.add_argument("-b", "--batch-size", type=int, default=128)
    ap.add_argument("--lr", type=float, default=0.01)
    ap.add_argument("--model", default="out.keras", help="path to output model")
    return vars(ap.parse_args())

def main(args):
    keras.utils.set_random_seed(args["epochs"])
    print("[INFO] loading digits...")
    X, y = load_digits(return_X_y=True)
    X /= 16
    model = keras.Sequential([layers.Input((64,)), layers.Dense(16, activation="relu"), layers.Dense(10, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy", optimizer=keras.optimizers.SGD(args["lr"]), metrics=["accuracy"])
    print("[INFO] training network...")
    model.fit(X[:1347], y[:1347], validation_data=(X[1347:], y[1347:]), epochs=args["epochs"], batch_size=args["batch_size"], verbose=1)
    model.save(args["model"])
    print("[INFO] accuracy:", model.evaluate(X[1347:], y[1347:], verbose=0)[1])

if __name__ == "__main__":
    main(parse())
