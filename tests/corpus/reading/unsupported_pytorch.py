import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 16)
        self.fc2 = nn.Linear(16, 3)
    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))

X, y = load_iris(return_X_y=True)
X = StandardScaler().fit_transform(X)
Xtr, Xte, ytr, yte = train_test_split(X, y, random_state=0)
net = Net()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(50):
    opt.zero_grad()
    loss = F.cross_entropy(net(torch.tensor(Xtr).float()), torch.tensor(ytr))
    loss.backward()
    opt.step()
print((net(torch.tensor(Xte).float()).argmax(1).numpy() == yte).mean())
