-- A group's row of XINFO GROUPS by its fields; nil and a reply that says why if there is none.
local function group_of(stream, name)
  local rows = redis.pcall('XINFO', 'GROUPS', stream)
  if rows.err then
    return nil, string.find(rows.err, 'no such key', 1, true) and {'skipped', 'gone'} or rows
  end
  for _, row in ipairs(rows) do
    if row[2] == name then
      local told = {}
      for at = 1, #row, 2 do
        told[row[at]] = row[at + 1]
      end
      return told
    end
  end
  return nil, {'skipped', 'gone'}
end
