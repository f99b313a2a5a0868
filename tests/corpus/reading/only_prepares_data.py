from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler, LabelEncoder
from sklearn.decomposition import PCA
import pandas as pd
iris = load_iris(as_frame=True)
df = iris.frame
X = StandardScaler().fit_transform(df.drop(columns=['target']))
X = PCA(2).fit_transform(X)
pd.DataFrame(X, columns=['pc1', 'pc2']).assign(label=df['target']).to_csv('iris_clean.csv', index=False)
print('written')
