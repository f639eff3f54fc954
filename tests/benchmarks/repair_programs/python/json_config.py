import json


def load_config(text, defaults):
    """The settings of a JSON text on top of defaults."""
    settings = dict(defaults)
    settings.update(json.loads(text))
    return settings


def dump_config(settings):
    """Settings as JSON with sorted keys."""
    return json.dumps(settings, sort_keys=True)
# tests
# load_config('{"a": 1}', {"a": 0, "b": 2}) == {"a": 1, "b": 2}
# load_config("{}", {"b": 2}) == {"b": 2}
# dump_config({"b": 1, "a": 2}) == '{"a": 2, "b": 1}'
