(function_definition) @function
(class_definition) @class

(call function: (identifier) @call)
(call function: (attribute attribute: (identifier) @call))

(import_statement) @import
(import_from_statement) @import

(comment) @comment
