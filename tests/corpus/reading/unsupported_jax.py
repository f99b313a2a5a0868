import jax
import jax.numpy as jnp
import numpy as np
from jax import grad, jit
from sklearn.datasets import load_breast_cancer
from sklearn.preprocessing import scale

X, y = load_breast_cancer(return_X_y=True)
X = jnp.array(scale(X)); y = jnp.array(y)

def loss(w, b):
    z = X @ w + b
    return jnp.mean(jnp.logaddexp(0, -(2 * y - 1) * z))

w, b = jnp.zeros(X.shape[1]), 0.
g = jit(grad(loss, argnums=(0, 1)))
for i in range(200):
    dw, db = g(w, b)
    w, b = w - .1 * dw, b - .1 * db
print(((X @ w + b > 0) == y).mean())
