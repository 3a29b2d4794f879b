pytest_plugins = ["embedded.pytest_plugin"]
