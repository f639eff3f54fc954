(function_item) @function
(function_signature_item) @prototype
(struct_item) @struct
(union_item) @struct
(enum_item) @enum
(trait_item) @class
(type_item) @typedef
(macro_definition) @macro

(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (field_identifier) @call))
(call_expression function: (scoped_identifier name: (identifier) @call))
(call_expression function: (generic_function function: (identifier) @call))
(call_expression function: (generic_function function: (scoped_identifier name: (identifier) @call)))
(call_expression function: (generic_function function: (field_expression field: (field_identifier) @call)))
(macro_invocation macro: (identifier) @call)

(use_declaration argument: (_) @import)
(mod_item name: (identifier) @module !body)

(line_comment) @comment
(block_comment) @comment
