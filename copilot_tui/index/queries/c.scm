; What a C text defines, calls, includes and comments. The capture's name is the kind of definition.
(function_definition) @function
(struct_specifier body: (_)) @struct
(union_specifier body: (_)) @struct
(enum_specifier body: (_)) @enum
(type_definition) @typedef
(preproc_def) @macro
(preproc_function_def) @macro
(declaration declarator: (function_declarator)) @prototype
(declaration declarator: (pointer_declarator declarator: (function_declarator))) @prototype
(declaration declarator: (pointer_declarator declarator: (pointer_declarator declarator: (function_declarator)))) @prototype

(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (field_identifier) @call))

(preproc_include path: (_) @import)

(comment) @comment
