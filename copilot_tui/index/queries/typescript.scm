; What TypeScript adds to javascript.scm, which is read first.
(abstract_class_declaration) @class
(interface_declaration) @class
(enum_declaration) @enum
(type_alias_declaration) @typedef
(function_signature) @prototype
(abstract_method_signature) @prototype
(method_signature) @prototype
(import_require_clause source: (string) @import)
