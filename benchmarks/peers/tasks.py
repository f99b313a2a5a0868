"""What a peer trains: the two sources as functions of the knobs that do not change how long a fit takes."""

from __future__ import annotations

import time


def svc(knobs: dict[str, float]) -> tuple[float, float]:
    """Fit the support vector machine; validation accuracy and the seconds spent in ``fit``."""
    from sklearn.datasets import make_classification
    from sklearn.model_selection import train_test_split
    from sklearn.svm import SVC

    X, y = make_classification(2000, 20, n_informative=10, flip_y=0.4, random_state=0)
    X_train, _, y_train, _ = train_test_split(X, y, random_state=0)
    X_fit, X_val, y_fit, y_val = train_test_split(X_train, y_train, test_size=0.2, random_state=0)
    model = SVC(C=10 * knobs["share"])
    began = time.perf_counter()
    model.fit(X_fit, y_fit)
    fit_s = time.perf_counter() - began
    return float(model.score(X_val, y_val)), fit_s


def network(knobs: dict[str, float]) -> tuple[float, float]:
    """Fit the network; validation accuracy and the seconds spent in ``fit``."""
    import keras
    from keras import layers
    from sklearn.datasets import make_classification
    from sklearn.model_selection import train_test_split

    X, y = make_classification(4000, 20, n_informative=10, flip_y=0.4, random_state=0)
    X_train, _, y_train, _ = train_test_split(X, y, random_state=0)
    X_fit, X_val, y_fit, y_val = train_test_split(X_train, y_train, test_size=0.2, random_state=0)
    model = keras.Sequential(
        [keras.Input((20,)), layers.Dense(32, activation="relu"), layers.Dense(1, activation="sigmoid")]
    )
    model.compile(keras.optimizers.Adam(knobs["share"] / 100), "binary_crossentropy", metrics=["accuracy"])
    began = time.perf_counter()
    model.fit(X_fit, y_fit, epochs=10, batch_size=64, verbose=0)
    fit_s = time.perf_counter() - began
    return float(model.evaluate(X_val, y_val, verbose=0)[1]), fit_s


TASKS = {"svc": svc, "network": network}
