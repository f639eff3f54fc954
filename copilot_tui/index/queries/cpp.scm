; What C++ adds to c.scm, which is read first.
(class_specifier body: (_)) @class
(field_declaration declarator: (function_declarator)) @prototype
(field_declaration declarator: (pointer_declarator declarator: (function_declarator))) @prototype
(field_declaration declarator: (reference_declarator (function_declarator))) @prototype
(declaration declarator: (reference_declarator (function_declarator))) @prototype
(alias_declaration) @typedef

(call_expression function: (qualified_identifier) @call)
(call_expression function: (template_function name: (identifier) @call))
(new_expression type: (type_identifier) @call)
