from flask import Flask, request, jsonify
import keras
import numpy as np
app = Flask(__name__)
model = keras.models.load_model('net.keras')

@app.route('/predict', methods=['POST'])
def predict():
    return jsonify(model.predict(np.array(request.json['x'])).tolist())

if __name__ == '__main__':
    app.run(debug=True)
