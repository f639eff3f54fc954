"""The plain prompt: the commands of the app, line by line, in any terminal and in a pipe."""
