-- Which entries exist: a 1 or a 0 for each of the first IDs, at least one, until so many
-- bytes of payloads were read; before it the ID of the first entry, '' if there is none.
-- KEYS: stream. ARGV: bytes, 'first' or '' (whether to look for the first), then the IDs.
local left, first, told = tonumber(ARGV[1]), '', {}
local function read(from, to)
  local rows = redis.pcall('XRANGE', KEYS[1], from, to, 'COUNT', '1')
  for _, word in ipairs(rows[1] and rows[1][2] or {}) do
    left = left - #word - 16
  end
  return rows
end
if ARGV[2] == 'first' then
  local rows = read('-', '+')
  if rows.err then
    return rows
  end
  first = rows[1] and rows[1][1] or first
end
for at = 3, #ARGV do
  local rows = read(ARGV[at], ARGV[at])
  if rows.err then
    return rows
  end
  told[#told + 1] = rows[1] and '1' or '0'
  if left <= 0 then
    break
  end
end
return {first, table.concat(told)}
