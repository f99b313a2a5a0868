import os, random, logging, argparse
os.environ['TF_CPP_MIN_LOG_LEVEL'] = '2'
import numpy as np
import tensorflow as tf
from tensorflow.keras import backend as K
from sklearn.datasets import load_digits
from sklearn.metrics import classification_report, confusion_matrix
from dataclasses import dataclass
logging.basicConfig(filename='train.log', level=logging.INFO)

@dataclass
class Config:
    lr: float = 1e-4
    epochs: int = 3
    batch: int = 64
    seed: int = 42

class Scale(tf.keras.layers.Layer):
    def __init__(self, factor=1.0, **kw):
        super().__init__(**kw)
        self.factor = factor
    def call(self, x):
        return x * self.factor
    def get_config(self):
        return {**super().get_config(), 'factor': self.factor}

def focal(y_true, y_pred):
    y_pred = K.clip(y_pred, 1e-7, 1.) if hasattr(K, 'clip') else tf.clip_by_value(y_pred, 1e-7, 1.)
    return -tf.reduce_sum(y_true * tf.pow(1 - y_pred, 2.) * tf.math.log(y_pred), axis=-1)

def build(cfg):
    inp = tf.keras.Input((64,))
    x = Scale(0.1)(inp)
    x = tf.keras.layers.Dense(16, activation='relu')(x)
    x = tf.keras.layers.BatchNormalization()(x)
    out = tf.keras.layers.Dense(10, activation='softmax')(x)
    m = tf.keras.Model(inp, out)
    m.compile(optimizer=tf.keras.optimizers.RMSprop(cfg.lr), loss=focal, metrics=['accuracy'])
    return m

def main():
    p = argparse.ArgumentParser()
    p.add_argument('--epochs', type=int, default=3)
    p.add_argument('--out', default='out')
    a = p.parse_args()
    cfg = Config(epochs=a.epochs)
    random.seed(cfg.seed); np.random.seed(cfg.seed); tf.random.set_seed(cfg.seed)
    d = load_digits()
    idx = np.random.permutation(len(d.data))
    x, y = d.data[idx], tf.keras.utils.to_categorical(d.target[idx], 10)
    n = int(.8 * len(x))
    os.makedirs(a.out, exist_ok=True)
    m = build(cfg)
    m.fit(x[:n], y[:n], epochs=cfg.epochs, batch_size=cfg.batch, validation_split=.1, callbacks=[
        tf.keras.callbacks.ModelCheckpoint(os.path.join(a.out, 'best.keras'), save_best_only=True),
        tf.keras.callbacks.CSVLogger(os.path.join(a.out, 'log.csv')),
        tf.keras.callbacks.TensorBoard(os.path.join(a.out, 'tb'))])
    best = tf.keras.models.load_model(os.path.join(a.out, 'best.keras'), custom_objects={'Scale': Scale, 'focal': focal})
    pred = best.predict(x[n:]).argmax(1)
    print(classification_report(y[n:].argmax(1), pred))
    print(confusion_matrix(y[n:].argmax(1), pred))
    print('accuracy', (pred == y[n:].argmax(1)).mean())

if __name__ == '__main__':
    main()
