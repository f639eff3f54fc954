(function_declaration) @function
(generator_function_declaration) @function
(method_definition) @function
(variable_declarator value: [(arrow_function) (function_expression) (generator_function)]) @function
(assignment_expression right: [(arrow_function) (function_expression) (generator_function)]) @function
(pair value: [(arrow_function) (function_expression) (generator_function)]) @function
(class_declaration) @class

(call_expression function: (identifier) @call)
(call_expression function: (member_expression property: (property_identifier) @call))
(new_expression constructor: (identifier) @call)

(import_statement source: (string) @import)
(export_statement source: (string) @import)
(call_expression function: (identifier) arguments: (arguments . (string) @require .))
(call_expression function: (import) arguments: (arguments . (string) @import .))

(comment) @comment
