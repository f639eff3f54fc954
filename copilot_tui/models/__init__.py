"""Language models: where they come from, how they are loaded, and how text is generated with them."""
