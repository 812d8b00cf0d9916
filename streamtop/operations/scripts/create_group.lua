-- Create a group, and tell where it stands; one that exists is left as it is.
-- KEYS: stream. ARGV: group, position, 'make' or ''.
local words = {'XGROUP', 'CREATE', KEYS[1], ARGV[1], ARGV[2]}
if ARGV[3] == 'make' then
  words[#words + 1] = 'MKSTREAM'
end
local made = redis.pcall(unpack(words))
if type(made) == 'table' and made.err then
  return string.find(made.err, 'BUSYGROUP', 1, true) and {'skipped', 'exists'} or made
end
local found = group_of(KEYS[1], ARGV[1])
return {'done', found and found['last-delivered-id'] or ARGV[2]}
