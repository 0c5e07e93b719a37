update edafw_message force index (primary)
set not_before = ?2, receives = receives + 1
where position in ?1;
