select coalesce(max(version), 0) from edafw_schema;
