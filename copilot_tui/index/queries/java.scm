(class_declaration) @class
(interface_declaration) @class
(annotation_type_declaration) @class
(record_declaration) @class
(enum_declaration) @enum
(method_declaration body: (_)) @function
(method_declaration !body) @prototype
(constructor_declaration) @function
(compact_constructor_declaration) @function

(method_invocation name: (identifier) @call)
(object_creation_expression type: (type_identifier) @call)
(object_creation_expression type: (generic_type (type_identifier) @call))

(import_declaration) @import

(line_comment) @comment
(block_comment) @comment
