"""Demo data: the Nujiang region tree, two service points, sample items (示例数据) and a user for every
role.
"""
