# Grid search over batch size and epochs, following the blog post
import numpy
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.datasets import load_iris
from keras.models import Sequential
from keras.layers import Dense
from keras.wrappers.scikit_learn import KerasClassifier

def create_model():
	# create model
	model = Sequential()
	model.add(Dense(6, input_dim=4, activation='relu'))
	model.add(Dense(3, activation='softmax'))
	# Compile model
	model.compile(loss='sparse_categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
	return model

# fix random seed for reproducibility
seed = 7
numpy.random.seed(seed)
X, Y = load_iris(return_X_y=True)
model = KerasClassifier(build_fn=create_model, verbose=0)
# define the grid search parameters
batch_size = [20, 60]
epochs = [3]
param_grid = dict(batch_size=batch_size, epochs=epochs)
grid = GridSearchCV(estimator=model, param_grid=param_grid, cv=KFold(2, shuffle=True, random_state=seed))
grid_result = grid.fit(X, Y)
# summarize results
print("Best: %f using %s" % (grid_result.best_score_, grid_result.best_params_))
means = grid_result.cv_results_['mean_test_score']
for mean, param in zip(means, grid_result.cv_results_['params']):
    print("%f with: %r" % (mean, param))
