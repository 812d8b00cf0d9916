-- Destroy a group that holds no more than was seen.
-- KEYS: stream. ARGV: group, pending entries at most, and the position that it must have or ''.
local found, why = group_of(KEYS[1], ARGV[1])
if not found then
  return why
end
if ARGV[3] ~= '' and found['last-delivered-id'] ~= ARGV[3] then
  return {'skipped', 'moved', found['last-delivered-id']}
elseif found['pending'] > tonumber(ARGV[2]) then
  return {'skipped', 'holds', string.format('%.0f', found['pending'])}
end
local gone = redis.pcall('XGROUP', 'DESTROY', KEYS[1], ARGV[1])
if type(gone) == 'table' and gone.err then
  return gone
end
return {'done', string.format('%.0f', found['pending'])}
