-- The fields in which streamtop says where a copy came from.
local ORIGIN = 'streamtop-origin-'
local REPLAYED = {'stream', 'id', 'count'}
local DEAD_LETTER = {
  'stream', 'id', 'count', 'group', 'consumer', 'deliveries', 'reason', 'at',
}

-- How often an entry was replayed, as far as its fields tell, and where they tell it.
local function replays(fields)
  local count, last = 0, nil
  for at = 1, #fields, 2 do
    if fields[at] == ORIGIN .. 'count' then
      count, last = string.match(fields[at + 1], '^%d+$') and tonumber(fields[at + 1]) or 0, at + 1
    end
  end
  return count, last
end

-- Fields with these names and values at their end.
local function extended(fields, names, values)
  for at, name in ipairs(names) do
    fields[#fields + 1] = ORIGIN .. name
    fields[#fields + 1] = values[at]
  end
  return fields
end

-- Whether fields end with those of these names.
local function ends_with(fields, names)
  local from = #fields - 2 * #names
  for at, name in ipairs(names) do
    if fields[from + 2 * at - 1] ~= ORIGIN .. name then
      return false
    end
  end
  return true
end
