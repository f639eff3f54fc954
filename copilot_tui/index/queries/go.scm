(function_declaration) @function
(method_declaration) @function
(type_spec type: (struct_type)) @struct
(type_spec type: (interface_type)) @class
(type_spec type: [(type_identifier) (qualified_type) (function_type) (map_type) (slice_type) (array_type) (pointer_type) (channel_type)]) @typedef
(type_alias) @typedef

(call_expression function: (identifier) @call)
(call_expression function: (selector_expression field: (field_identifier) @call))

(import_spec path: (_) @import)

(comment) @comment
