DROP TABLE mapping_entitlements; DROP TABLE entitlement_assignments; DROP TABLE entitlements;
ALTER TABLE assignments DROP COLUMN is_primary; ALTER TABLE assignments DROP COLUMN element_type_key;
ALTER TABLE assignments DROP COLUMN element_type; ALTER TABLE assignments DROP COLUMN element_display_key;
ALTER TABLE assignments DROP COLUMN element_display; ALTER TABLE roles DROP COLUMN by_okta;
