(function_definition) @function

(command name: (command_name (word) @call))

(command name: (command_name (word)) . argument: [(word) (string) (raw_string) (concatenation)] @source)

(comment) @comment
