-- Add an entry to a stream that exists; nil if it does not. For servers without NOMKSTREAM.
-- KEYS: stream. ARGV: fields and values.
if redis.call('EXISTS', KEYS[1]) == 0 then
  return false
end
local why, id = add(KEYS[1], ARGV)
return why and {err = why[2]} or id
