-- Copy one entry byte for byte; with a group, acknowledge the original in the same step.
-- KEYS: source stream, destination stream.
-- ARGV: entry ID, and for an acknowledgement: group, consumer seen, least idle milliseconds.
local found = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])
if #found == 0 or not found[1][2] then
  return {'skipped', 'gone'}
end
local fields = found[1][2]
if #fields > 7900 then
  return {'failed', 'fields'}
end
if ARGV[2] then
  local held = redis.call('XPENDING', KEYS[1], ARGV[2], ARGV[1], ARGV[1], 1)
  if #held == 0 then
    return {'skipped', 'acknowledged'}
  end
  if held[1][2] ~= ARGV[3] then
    return {'skipped', 'moved', held[1][2]}
  end
  if held[1][3] >= 0 and held[1][3] < tonumber(ARGV[4]) then
    return {'skipped', 'again'}
  end
end
local copy = redis.call('XADD', KEYS[2], '*', unpack(fields))
if ARGV[2] then
  redis.call('XACK', KEYS[1], ARGV[2], ARGV[1])
end
return {'done', copy}
