import tensorflow as tf
import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
X = tf.placeholder(tf.float32, [None, 64])
Y = tf.placeholder(tf.int64, [None])
W = tf.Variable(tf.random_normal([64, 10]))
b = tf.Variable(tf.zeros([10]))
logits = tf.matmul(X, W) + b
cost = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(logits=logits, labels=Y))
train_op = tf.train.GradientDescentOptimizer(0.01).minimize(cost)
acc = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1), Y), tf.float32))
with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    for step in range(200):
        sess.run(train_op, feed_dict={X: digits.data[:1500], Y: digits.target[:1500]})
    print(sess.run(acc, feed_dict={X: digits.data[1500:], Y: digits.target[1500:]}))
