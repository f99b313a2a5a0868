"""Data sets for the built-in trainers: three that ship with scikit-learn, or a table in a file."""

from pathlib import Path

import pandas as pd
from sklearn import datasets, preprocessing

NAMED = {
    "digits": datasets.load_digits,
    "wine": datasets.load_wine,
    "breast_cancer": datasets.load_breast_cancer,
}


def load(data, target_column=""):
    """Return features (rows, ...) as float and labels (rows,) as integers from 0.

    ``data`` is a name above, or a CSV or Parquet file whose column ``target_column`` (the last one, if
    empty) holds the class. Columns of text become one column per value; rows with gaps are left out.
    """
    if data in NAMED:
        bunch = NAMED[data]()
        features = bunch.images[..., None] if data == "digits" else bunch.data
        return features.astype("float64"), bunch.target
    if not Path(data).is_file():
        raise SystemExit(f"{data}: no such file, and not one of {', '.join(NAMED)}")
    table = pd.read_parquet(data) if data.endswith(".parquet") else pd.read_csv(data)
    table = table.dropna()
    column = target_column or table.columns[-1]
    if column not in table.columns:
        raise SystemExit(f"{data} has no column {column!r}; it has {', '.join(map(str, table.columns))}")
    labels = preprocessing.LabelEncoder().fit_transform(table[column])
    features = pd.get_dummies(table.drop(columns=column))
    return features.to_numpy(dtype="float64"), labels
