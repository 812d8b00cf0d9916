-- Returns the ID of the stream's first entry ('' if there is none), and a 1 or 0 for each ID,
-- whether it exists: at least one ID, as many as the bound on bytes of payload allows.
-- KEYS: stream. ARGV: the bound, 'first' or '' (whether to find the first entry), the IDs.
local left, first, flags = tonumber(ARGV[1]), '', {}
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
  flags[#flags + 1] = rows[1] and '1' or '0'
  if left <= 0 then
    break
  end
end
return {first, table.concat(flags)}
