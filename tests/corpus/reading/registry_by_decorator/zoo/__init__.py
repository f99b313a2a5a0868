from .registry import get_model, register
from .tree import *
