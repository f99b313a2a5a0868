import tensorflow as tf
from tensorflow.keras.preprocessing.image import ImageDataGenerator
from sklearn.datasets import load_digits
tf.keras.utils.set_random_seed(19)
d = load_digits()
x = d.images[..., None].astype('float32')
gen = ImageDataGenerator(rescale=1 / 16., width_shift_range=0.1, height_shift_range=0.1)
test_gen = ImageDataGenerator(rescale=1 / 16.)
train_it = gen.flow(x[:1300], d.target[:1300], batch_size=64, seed=2)
test_it = test_gen.flow(x[1300:], d.target[1300:], batch_size=71, shuffle=False)
model = tf.keras.Sequential([
    tf.keras.layers.Conv2D(6, (3, 3), activation='relu', input_shape=(8, 8, 1)),
    tf.keras.layers.MaxPooling2D(),
    tf.keras.layers.Flatten(),
    tf.keras.layers.Dense(10, activation='softmax')])
model.compile(loss='sparse_categorical_crossentropy', optimizer='sgd', metrics=['accuracy'])
model.fit(train_it, epochs=3, validation_data=test_it, verbose=0)
print(model.evaluate(test_it, verbose=0)[1])
