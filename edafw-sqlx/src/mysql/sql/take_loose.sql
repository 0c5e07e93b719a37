update edafw_message force index (primary)
set visible_at = ?2, token = ?3, receives = receives + 1
where position in ?1;
