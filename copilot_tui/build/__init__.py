"""The judge: finds how a code base is built, runs it under limits, and reads what the tools print."""
