MODELS = {}


def register(name):
    def keep(cls):
        MODELS[name] = cls
        return cls
    return keep


def get_model(name, **options):
    if name not in MODELS:
        raise ValueError("no model %s, only %s" % (name, sorted(MODELS)))
    return MODELS[name](**options)
