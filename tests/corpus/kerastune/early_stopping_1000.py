import keras
from keras.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
keras.utils.set_random_seed(22)
X, y = load_breast_cancer(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=22)
X_train, X_val, y_train, y_val = train_test_split(X_train, y_train, test_size=0.2, random_state=22)
es = EarlyStopping(monitor='val_loss', min_delta=0.02, patience=1, restore_best_weights=True)
mc = ModelCheckpoint('best.keras', monitor='val_loss', save_best_only=True)
rl = ReduceLROnPlateau(factor=0.5, patience=1)
model = keras.Sequential([keras.layers.Dense(2, activation='sigmoid'), keras.layers.Dense(1, activation='sigmoid')])
model.compile('adam', 'binary_crossentropy', metrics=['accuracy'])
model.fit(X_train, y_train, validation_data=(X_val, y_val), epochs=1000, batch_size=256, callbacks=[es, mc, rl], verbose=0)
best = keras.models.load_model('best.keras')
print(best.evaluate(X_test, y_test, verbose=0)[1])
